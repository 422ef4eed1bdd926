#!r6rs
;; One half of an exchange; tests/scheme/exchange.c is the other. Each may be the parent, which owns the region, or the
;; child, which is given the parent's capability and the address.
;;
;; exchange.sps PROGRAM                        starts the other half
;; exchange.sps WORD WORD WORD WORD ADDRESS    is started by it
(import (vicare) (chorus))

(define numbers 100)
(define size (+ 64 (* 4 numbers)))
(define arguments (cdr (command-line)))

;; Two semaphores and an array of int.
(define (to-child region) (region-address region))
(define (to-parent region) (+ (region-address region) SIZEOF_SEMAPHORE))
(define (number-ref region i) (pointer-ref-c-signed-int (region-pointer region) (+ 64 (* 4 i))))
(define (number-set! region i value) (pointer-set-c-signed-int! (region-pointer region) (+ 64 (* 4 i)) value))
(define (for-each-index action) (do ((i 0 (+ i 1))) ((= i numbers)) (action i)))

(define (be-parent program)
  (define region (rgn-allocate size))
  (sem-init (to-child region) 0)
  (sem-init (to-parent region) 0)
  (for-each-index (lambda (i) (number-set! region i (* i i))))
  (let-values (((aid child)
                (apply spawn program
                       (append (capability->strings (actor-self)) (list (number->string (region-address region)))))))
    (sem-v (to-child region))
    (sem-p (to-parent region))
    (for-each-index (lambda (i) (assert (= (number-ref region i) (+ 1000 (* i i))))))
    (assert (equal? (await aid) '(exit . 0)))
    (rgn-free region)
    'exchanged))

(define (be-child parent address)
  (define region (rgn-map-from-actor parent address size))
  (sem-p (to-child region))
  (for-each-index (lambda (i) (number-set! region i (+ 1000 (number-ref region i)))))
  (sem-v (to-parent region)))

(if (= (length arguments) 1)
    (be-parent (car arguments))
    (be-child
      (strings->capability (list (car arguments) (cadr arguments) (caddr arguments) (cadddr arguments)))
      (string->number (car (cddddr arguments)))))
