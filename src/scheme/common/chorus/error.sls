#!r6rs
;; Refused calls of <chorus.h>.
(library (chorus error)
  (export &chorus make-chorus-condition chorus-condition? chorus-condition-call chorus-condition-status status->symbol
          check check-unix)
  (import (rnrs) (chorus backend) (chorus constants) (chorus memory))

  ;; A call that was refused: its name in C, and its status, a K_E* code; of a UNIX-like call it is the errno, which is
  ;; above 0.
  (define-condition-type &chorus &error make-chorus-condition chorus-condition?
    (call chorus-condition-call)
    (status chorus-condition-status))

  (define-foreign c-status-text "strSysError" (int) uptr)
  (define-foreign c-errno-text "strerror" (int) uptr)

  ;; K_EADDR for -8, ENOENT for 2. #f for a number that is no status.
  (define (status->symbol status)
    (let ((found (find (lambda (entry) (= (cdr entry) status)) status-names)))
      (and found (car found))))

  (define (refuse call status text)
    (raise
      (condition
        (make-chorus-condition call status)
        (make-who-condition call)
        (make-message-condition (string-at text)))))

  ;; The result of a call, unless it is negative.
  (define (check call status)
    (if (negative? status) (refuse call status (c-status-text status)) status))
  ;; (check-unix CALL EXPRESSION): the same for the two values of a call that returns -1 and sets errno.
  (define-syntax check-unix
    (syntax-rules ()
      ((_ call expression)
       (call-with-values (lambda () expression)
         (lambda (result errno)
           (if (negative? result) (refuse call errno (c-errno-text errno)) result)))))))
